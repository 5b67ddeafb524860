"""What figures.py draws, one file per kind of figure; `tables` reads the CSVs and `style` knows colours, names and pages."""
