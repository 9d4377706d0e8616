"""What a process tells about itself: metrics, traces, and what its log lines are about."""
