"""What puts serving right once an audit has said what is wrong, or finds what broke it."""
