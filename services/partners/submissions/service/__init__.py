"""What changes submissions and their keys."""
