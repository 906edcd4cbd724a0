"""The commands of `poolgate` other than `serve`, one module each."""
