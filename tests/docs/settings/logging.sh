# Two runs that logged their loss.
cat >train.py <<'END'
import sys

import runlore

for step in range(30):
    runlore.log(loss=1 / (step + float(sys.argv[1])), step=step)
END
mlrun exec -q train.py 1
mlrun exec -q train.py 2
