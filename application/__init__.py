"""The one gate that every command passes: who may, what is needed, what follows."""
