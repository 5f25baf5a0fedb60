"""What tells whoever operates the suite how it is: alerts and a dashboard."""
