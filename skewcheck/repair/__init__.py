"""What puts serving right: the training normalization as code for the server."""
