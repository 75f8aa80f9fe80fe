"""One ranking for the build and for live requests; worker and recommender only."""
