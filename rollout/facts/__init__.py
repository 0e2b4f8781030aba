"""What is known of the roll-out, and the one writer of it: no requests, no HTML."""
