"""The planner's and the public edition as values, before anything is drawn or written."""
