#!/bin/sh
# embed.sh FILE -- a text file as C string literals, one for each line.
exec sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$/\\n"/' "$1"
