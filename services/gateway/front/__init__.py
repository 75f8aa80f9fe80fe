"""What stands between the server and the gateway's routes: who may ask, how much, and how."""
