"""Statistical disclosure control: rounding, merging, the inference check, personal data, the leak scan."""
