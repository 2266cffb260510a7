"""What Nuantu's speed is measured with: made-up provinces, contenders side by side, one table."""
