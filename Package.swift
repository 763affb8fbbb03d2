// swift-tools-version: 6.2
import PackageDescription

// Spans of a buffer need lifetime annotations, which the compiler still counts as experimental.
let numeric: [SwiftSetting] = [.enableExperimentalFeature("Lifetimes")]

let package = Package(
    name: "Crest",
    products: [
        .executable(name: "crest", targets: ["crest"]),
        .library(name: "Crest", targets: ["Training", "Algorithms", "Environments", "EnvironmentsMuJoCo", "EnvironmentsBox2D", "EnvironmentsIntercept", "Insight", "Runs", "Configuration", "Core"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
    ],
    targets: [
        // Ground
        .target(name: "Core"),
        .target(name: "COpenBLAS", linkerSettings: [.linkedLibrary("dl")]),
        .target(name: "CVectorMath"),
        .systemLibrary(name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"])]),
        // The library is opened at run time, so that plain `swift build` works and the binary runs from anywhere.
        .target(
            name: "CMuJoCo",
            cSettings: [.headerSearchPath("../../.deps/mujoco/include")],
            linkerSettings: [.linkedLibrary("dl"), .linkedLibrary("m")]),
        // OpenGL without a screen, for pictures only; opened at run time too.
        .target(name: "COffscreenGL", linkerSettings: [.linkedLibrary("dl")]),
        .target(name: "CBox2D", linkerSettings: [.linkedLibrary("box2d")]),
        .target(name: "Tensor", dependencies: ["Core", "COpenBLAS", "CVectorMath"], swiftSettings: numeric),
        .target(name: "Networks", dependencies: ["Core", "Tensor", "CVectorMath"], swiftSettings: numeric),
        .target(name: "Drawing", dependencies: ["Core", "CCairo"]),

        // Tasks
        .target(name: "Environments", dependencies: ["Core"]),
        .target(name: "EnvironmentsMuJoCo", dependencies: ["Core", "Environments", "Drawing", "CMuJoCo", "COffscreenGL"]),
        .target(name: "EnvironmentsBox2D", dependencies: ["Core", "Environments", "CBox2D", "Drawing"]),
        .target(name: "EnvironmentsIntercept", dependencies: ["Core", "Environments", "Drawing"]),

        // Learning
        .target(name: "Algorithms", dependencies: ["Core", "Tensor", "Networks", "Environments"], swiftSettings: numeric),
        .target(name: "Configuration", dependencies: ["Core", "Yams"]),
        .target(
            name: "Runs",
            dependencies: ["Core", .product(name: "GRDB", package: "GRDB.swift"), .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            exclude: ["Protos/event.proto"]),
        .target(name: "Insight", dependencies: ["Core", "Runs", "Drawing"]),
        .target(
            name: "Training",
            dependencies: ["Core", "Tensor", "Configuration", "Runs", "Insight", "Environments", "EnvironmentsMuJoCo", "EnvironmentsBox2D", "EnvironmentsIntercept", "Algorithms", "Networks", "Drawing"]),
        .executableTarget(
            name: "crest", dependencies: ["Training", "Insight", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
        .executableTarget(
            name: "crest-bench",
            dependencies: [
                "Core", "Tensor", "Environments", "EnvironmentsMuJoCo", "EnvironmentsBox2D", "EnvironmentsIntercept", "Algorithms", "Training",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/CrestBench"),

        // Tests
        .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
        .target(name: "EnvironmentContract", dependencies: ["Core", "Environments", "CAllocationCounter"], path: "Tests/EnvironmentContract"),
        .target(name: "GoldenNumbers", dependencies: ["Tensor"], path: "Tests/GoldenNumbers"),
        .testTarget(name: "CoreTests", dependencies: ["Core", "CAllocationCounter"]),
        .testTarget(name: "TensorTests", dependencies: ["Core", "Tensor", "CVectorMath"]),
        .testTarget(name: "NetworksTests", dependencies: ["Core", "Tensor", "Networks", "GoldenNumbers"], swiftSettings: numeric),
        .testTarget(
            name: "AlgorithmsTests",
            dependencies: ["Core", "Tensor", "Networks", "Environments", "Algorithms", "GoldenNumbers", "CAllocationCounter"], swiftSettings: numeric),
        .testTarget(name: "ConfigurationTests", dependencies: ["Configuration", "Core"]),
        .testTarget(name: "RunsTests", dependencies: ["Runs", "Core"]),
        .testTarget(name: "DrawingTests", dependencies: ["Drawing"]),
        .testTarget(name: "InsightTests", dependencies: ["Insight", "Drawing", "Runs", "Core"]),
        .testTarget(name: "EnvironmentsTests", dependencies: ["Core", "Environments", "EnvironmentContract", "CAllocationCounter"]),
        .testTarget(
            name: "EnvironmentsMuJoCoTests",
            dependencies: ["Core", "Environments", "Drawing", "EnvironmentsMuJoCo", "CMuJoCo", "EnvironmentContract"]),
        .testTarget(
            name: "EnvironmentsBox2DTests",
            dependencies: ["Core", "Environments", "Drawing", "EnvironmentsBox2D", "CBox2D", "EnvironmentContract"]),
        .testTarget(
            name: "EnvironmentsInterceptTests",
            dependencies: ["Core", "Environments", "Drawing", "EnvironmentsIntercept", "EnvironmentContract"]),
        .testTarget(
            name: "TrainingTests",
            dependencies: [
                "Training", "Configuration", "Runs", "Insight", "Algorithms", "Environments", "EnvironmentsMuJoCo", "EnvironmentsIntercept", "Core",
            ]),
        // The executable itself is run, so it has to be built first.
        .testTarget(name: "CrestTests", dependencies: ["Core", "crest"]),
    ],
    cxxLanguageStandard: .cxx17
)
