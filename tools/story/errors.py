"""What is said when the story comes out otherwise."""


class StoryError(AssertionError):
    """The story came out otherwise than it is written."""
