namespace GpuPerceptron.Engines.Host;

/// <summary>
/// A point that all of some threads must reach before any goes on. They wait awake, since it is for microseconds: a thread put
/// to sleep would cost more than the work between two such points.
/// </summary>
/// <param name="threads">How many.</param>
internal sealed class SpinBarrier(int threads)
{
    private const int SpinsBeforeYielding = 1000; // some tens of microseconds

    private int _arrived;
    private volatile int _round;
    private volatile bool _broken;

    /// <summary>Waits for the others.</summary>
    /// <exception cref="InvalidOperationException">One of them will not come.</exception>
    public void Wait()
    {
        int round = _round;
        if (Interlocked.Increment(ref _arrived) == threads)
        {
            _arrived = 0;
            _round = round + 1;
            return;
        }

        for (int spins = 0; _round == round; spins++)
        {
            if (_broken) throw new InvalidOperationException("another thread failed");
            if (spins < SpinsBeforeYielding)
                Thread.SpinWait(1);
            else
                Thread.Yield(); // where others want the processor, they get it
        }
    }

    /// <summary>Says that a thread will not come: those that wait, or will, fail.</summary>
    public void Break() => _broken = true;
}
