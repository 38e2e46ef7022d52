"""Work items of the staff: what came in, why it is here, who does it by when."""
