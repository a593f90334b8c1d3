"""What fills the ports: in-memory parts for tests and demos, and the real ones. Nothing inside imports them."""
