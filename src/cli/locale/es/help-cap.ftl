## CAP
