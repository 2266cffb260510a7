"""Statistical disclosure control: rounding, inference check, personal data, leak scan."""
