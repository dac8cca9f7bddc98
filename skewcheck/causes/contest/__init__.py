"""Contest of mechanisms for logs with one side, by what a function makes of training's values."""
