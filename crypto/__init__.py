"""What visitors, counsellors and the server agree on, byte for byte."""
