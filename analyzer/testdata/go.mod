module analyzer.test

go 1.26.0
