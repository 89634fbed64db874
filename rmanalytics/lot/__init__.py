"""Lots: who starts, who waits and who stands by, so that anybody can repeat it; and what a lot lets one conclude."""
