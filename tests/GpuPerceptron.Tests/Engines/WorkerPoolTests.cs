using GpuPerceptron.Engines.Host;
using Xunit;

namespace GpuPerceptron.Tests.Engines;

public sealed class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Every_item_is_done_once_and_before_run_returns(int threads)
    {
        using var pool = new WorkerPool(threads);
        for (int round = 0; round < 200; round++)
        {
            int count = round % 9;
            int[] done = new int[count];
            pool.Run(count, (item, _) => Interlocked.Increment(ref done[item]));
            Assert.All(done, times => Assert.Equal(1, times));
        }
    }

    [Fact]
    public void A_failing_item_is_reported_and_the_pool_stays_usable()
    {
        using var pool = new WorkerPool(3);
        Assert.Throws<InvalidOperationException>(() => pool.Run(8, (item, _) => throw new FormatException($"item {item}")));
        int done = 0;
        pool.Run(8, (_, _) => Interlocked.Increment(ref done));
        Assert.Equal(8, done);
    }
}
