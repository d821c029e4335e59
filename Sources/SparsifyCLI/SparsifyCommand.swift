@main
struct SparsifyCommand { static func main() {} }
