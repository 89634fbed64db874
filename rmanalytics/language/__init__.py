"""Language: the program's own words in English and German, with plural forms, numbers and dates."""
