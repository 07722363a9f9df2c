"""What ops can see: logs without personal data, and figures that are right however many processes run."""
