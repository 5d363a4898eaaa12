using System.Runtime.ExceptionServices;
using GpuPerceptron.Data;

namespace GpuPerceptron.Engines.Host;

/// <summary>
/// Several trainings over the same features, each with sample weights and parameters of its own, on the host: their passes wait for
/// one another, and then read X once for all of them.
/// </summary>
/// <remarks>
/// A pass over X in memory takes the time of the reading, about; rows that are still in the second-level cache, from the
/// pass of another training, take half of that and less.
/// </remarks>
internal sealed class SharedReads
{
    private readonly object _gate = new();
    private readonly List<CpuEngine> _engines = []; // in one order always: the first one's buffers are read into
    private readonly HashSet<CpuEngine> _waiting = [];
    private readonly Lock _device = new();
    private int _members;
    private long _reads;
    private ExceptionDispatchInfo? _failure;

    private SharedReads(int members) => _members = members;

    /// <summary>Runs trainings, each on a thread of its own, until all have ended.</summary>
    /// <param name="count">How many.</param>
    /// <param name="training">Is called once for each of 0 … count − 1; its passes go through <see cref="Engine"/>s.</param>
    /// <exception cref="Exception">What the first training that failed threw; the others are then given up.</exception>
    public static void Run(int count, Action<int, SharedReads> training)
    {
        var reads = new SharedReads(count);
        Thread[] threads = [.. Enumerable.Range(0, count).Select(i =>
            new Thread(() => reads.Take(() => training(i, reads))) { IsBackground = true, Name = $"training {i + 1}" })];
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        reads._failure?.Throw();
    }

    /// <summary>An engine whose passes wait for those of the other trainings.</summary>
    /// <param name="engine">The engine, which then belongs to what is returned; all engines are over the same features.</param>
    public IEngine Engine(CpuEngine engine)
    {
        lock (_gate)
            _engines.Add(engine);
        return new Member(this, engine);
    }

    private void Take(Action training)
    {
        try
        {
            training();
        }
        catch (Exception failure)
        {
            lock (_gate)
                _failure ??= ExceptionDispatchInfo.Capture(failure);
        }
        finally
        {
            lock (_gate)
            {
                _members--;
                ReadIfAllWait();
            }
        }
    }

    /// <summary>Waits until X was read for a prepared engine.</summary>
    private void Read(CpuEngine engine)
    {
        lock (_gate)
        {
            long read = _reads;
            _waiting.Add(engine);
            ReadIfAllWait();
            while (_reads == read)
                Monitor.Wait(_gate);
            if (_failure is not null) throw new OperationCanceledException("another training failed");
        }
    }

    private void ReadIfAllWait()
    {
        if (_waiting.Count == 0 || _waiting.Count < _members) return;
        // If it fails, so does this training.
        if (_failure is null) CpuEngine.ReadOnce([.. _engines.Where(_waiting.Contains).OrderByDescending(engine => engine.HasSampleWeights)]);
        _waiting.Clear();
        _reads++;
        Monitor.PulseAll(_gate);
    }

    private sealed class Member(SharedReads reads, CpuEngine engine) : IEngine
    {
        public string Device => engine.Device;

        public string Description => engine.Description;

        public int Threads => engine.Threads;

        public int Features => engine.Features;

        public int MaximumHessianFeatures => engine.MaximumHessianFeatures;

        public long Passes => engine.Passes;

        public double Pass(PassLoss loss, ReadOnlySpan<double> parameters, Span<double> gradient)
        {
            engine.Prepare(loss, parameters);
            reads.Read(engine);
            return engine.Collect(gradient);
        }

        public double HessianPass(ReadOnlySpan<double> parameters, Span<double> gradient, Span<double> hessian)
        {
            // Bound by arithmetic: there is nothing to share.
            lock (reads._device)
                return engine.HessianPass(parameters, gradient, hessian);
        }

        public IEngine Over(Dataset dataset) => engine.Over(dataset);

        public IMiniBatches MiniBatches(MiniBatchOptions options, double totalWeight, double l2, ReadOnlySpan<double> parameters) =>
            engine.MiniBatches(options, totalWeight, l2, parameters);

        public void Dispose() => engine.Dispose();
    }
}
