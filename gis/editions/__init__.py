"""The data of the planner's and the public edition, before pages and files are written."""
