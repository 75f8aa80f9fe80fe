"""One module per family of public routes: validate, ask one service, answer."""
