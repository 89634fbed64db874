"""The works council's pack: what is done with people's data, by its programme's declaration; it reads no answers."""
