"""Safety of staff: call for help without a word, and write down what happened."""
