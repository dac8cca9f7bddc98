"""What puts serving right once an audit has said what is wrong."""
