print("answer")
