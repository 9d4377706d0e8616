"""How a subject comes in by itself, and proves its e-mail address and its phone (LB4)."""
