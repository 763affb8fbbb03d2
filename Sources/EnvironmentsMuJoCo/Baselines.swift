import Environments

// The zero action and random ones.
extension MuJoCoEnvironment: BaselineEnvironment {}
