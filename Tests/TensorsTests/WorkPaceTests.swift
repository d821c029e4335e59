import Tensors
import Testing

@Suite struct WorkPaceTests {
    @Test func thePaceSoFarGoesOn() {
        var pace = WorkPace()
        #expect(pace.secondsLeft(phase: 1, done: 0, total: 100, at: 50) == nil)
        #expect(pace.secondsLeft(phase: 1, done: 10, total: 100, at: 51) == nil)
        #expect(pace.secondsLeft(phase: 1, done: 20, total: 100, at: 54) == 16)
        #expect(pace.secondsLeft(phase: 1, done: 100, total: 100, at: 60) == 0)
    }

    /// Steps of a training that was taken up again were made before.
    @Test func whatWasDoneBeforeDoesNotCount() {
        var pace = WorkPace()
        #expect(pace.secondsLeft(phase: 1, done: 80, total: 100, at: 0) == nil)
        #expect(pace.secondsLeft(phase: 1, done: 80, total: 100, at: 9) == nil)
        #expect(pace.secondsLeft(phase: 1, done: 90, total: 100, at: 10) == 10)
    }

    @Test func anotherPhaseBeginsAnew() {
        var pace = WorkPace()
        _ = pace.secondsLeft(phase: 1, done: 0, total: 10, at: 0)
        #expect(pace.secondsLeft(phase: 1, done: 5, total: 10, at: 5) == 5)
        #expect(pace.secondsLeft(phase: 2, done: 6, total: 10, at: 6) == nil)
        #expect(pace.secondsLeft(phase: 2, done: 7, total: 10, at: 8) == 6)
    }

    @Test func phasesAreCounted() {
        let progress = WorkProgress()
        progress.begin("a", total: 3)
        let first = progress.snapshot.number
        progress.rename("b")
        #expect(progress.snapshot.number == first)
        progress.begin("c", total: 3)
        #expect(progress.snapshot.number != first)
    }
}
