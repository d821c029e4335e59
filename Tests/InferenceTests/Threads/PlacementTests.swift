import CProcessor
import Tensors
import Testing

/// Where threads run. In a process of its own, since the thread that is moved stays where it is put.
@Suite struct PlacementTests {
    @Test(.enabled(if: processor_core() >= 0, "the system tells the core")) func aThreadLeavesItsCore() async {
        await #expect(processExitsWith: .success) {
            let cores = Parallel.defaultThreads
            for _ in 0..<20 {
                let core = processor_core()
                processor_avoid_core(core)
                #expect((processor_core() != core) == (cores > 1))
            }
        }
    }
}
