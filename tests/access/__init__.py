"""Who gets through which door: every route, every kind of visitor, against things of one person."""
