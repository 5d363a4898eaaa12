using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace GpuPerceptron.Engines.Host;

/// <summary>
/// Threads that wait for work, so that a pass of a few microseconds does not pay for starting any. The caller's thread
/// works too.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    private const int AwakeMicroseconds = 300; // about an item; to be woken takes a thread some 100
    private const int AwakeBetweenMicroseconds = 150; // longer, and they would be in the way of what is done in between

    private readonly Thread[] _threads;
    private readonly SemaphoreSlim _work = new(0);
    private readonly CountdownEvent _finished = new(1);
    private Action<int, int> _body = static (_, _) => { };
    private Exception? _failure;
    private int _count;
    private int _next;
    private volatile bool _stopping;

    /// <param name="threads">Threads that work at once, the caller's included; at least 1.</param>
    public WorkerPool(int threads)
    {
        _threads = new Thread[threads - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => Loop(worker)) { IsBackground = true, Name = $"pass {i + 1}" };
            _threads[i].Start();
        }
    }

    /// <summary>
    /// Calls <paramref name="body"/> once for each of 0 … count − 1, on all threads, in no fixed order, with the item and
    /// the number of the thread that took it, from 0.
    /// </summary>
    public void Run(int count, Action<int, int> body)
    {
        int helpers = Math.Min(_threads.Length, count - 1);
        _body = body;
        _count = count;
        _next = 0;
        _failure = null;
        if (helpers > 0)
        {
            _finished.Reset(helpers);
            _work.Release(helpers);
        }

        TakeItems(0);
        if (helpers > 0) WaitForHelpers();
        if (_failure is PerceptronException) ExceptionDispatchInfo.Throw(_failure);
        if (_failure is not null)
            throw new InvalidOperationException("a worker failed", _failure);
    }

    /// <summary>The helpers are nearly done, too: waits awake for a while, then asleep.</summary>
    private void WaitForHelpers()
    {
        long start = Stopwatch.GetTimestamp();
        while (!_finished.IsSet && Stopwatch.GetElapsedTime(start).TotalMicroseconds < AwakeMicroseconds)
            Thread.SpinWait(10);
        _finished.Wait();
    }

    private void Loop(int worker)
    {
        _work.Wait();
        while (!_stopping)
        {
            TakeItems(worker);
            _finished.Signal();
            WaitForWork();
        }
    }

    /// <summary>Between two passes a solver takes some steps that are short: waits awake for a while, then asleep.</summary>
    private void WaitForWork()
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalMicroseconds < AwakeBetweenMicroseconds)
        {
            if (_work.CurrentCount > 0 && _work.Wait(0)) return;
            Thread.SpinWait(10);
        }

        _work.Wait();
    }

    private void TakeItems(int worker)
    {
        try
        {
            for (int item; (item = Interlocked.Increment(ref _next) - 1) < _count;)
                _body(item, worker);
        }
        catch (Exception failure)
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
        }
    }

    public void Dispose()
    {
        _stopping = true;
        if (_threads.Length > 0) _work.Release(_threads.Length);
        foreach (var thread in _threads)
            thread.Join();
        _work.Dispose();
        _finished.Dispose();
    }
}
