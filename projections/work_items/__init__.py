"""Commands of processes that were refused: somebody must look."""
