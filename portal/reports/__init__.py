"""Figures, targets, the monthly report to the council, data quality. Nothing is built here yet."""
