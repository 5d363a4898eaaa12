using System.Runtime.ExceptionServices;

namespace GpuPerceptron.Data;

/// <summary>Work of several threads that read and write files.</summary>
internal static class InParallel
{
    /// <summary>Calls a body for each number from 0 on, in no fixed order.</summary>
    public static void For(int count, Action<int> body) => Rethrow(() => Parallel.For(0, count, body));

    /// <summary>Throws what one of several threads threw as if it had been the only one.</summary>
    public static void Rethrow(Action action)
    {
        try
        {
            action();
        }
        catch (AggregateException failure) when (failure.InnerException is PerceptronException or OperationCanceledException)
        {
            ExceptionDispatchInfo.Throw(failure.InnerException);
        }
    }
}
