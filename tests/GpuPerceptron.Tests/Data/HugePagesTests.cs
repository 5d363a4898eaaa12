using GpuPerceptron.Data;
using Xunit;

namespace GpuPerceptron.Tests.Data;

public sealed unsafe class HugePagesTests
{
    private const int Users = 4;
    private const int Turns = 200;

    /// <summary>Sizes that fit what was freed before, and sizes that do not.</summary>
    private static readonly int[] Megabytes = [1, 2, 4, 4, 6, 70];

    [Fact]
    public void Memory_has_one_user_at_a_time_however_it_was_freed_and_had_again()
    {
        Parallel.For(0, Users, user =>
        {
            var random = new Random(user);
            for (int turn = 0; turn < Turns; turn++)
            {
                int count = Megabytes[random.Next(Megabytes.Length)] << 18;
                int* memory = (int*)HugePages.Allocate((nuint)count * sizeof(int), 64), other = (int*)HugePages.Allocate(4 << 20, 64);
                int stamp = user * Turns + turn;
                (memory[0], memory[count - 1], other[0], other[(1 << 20) - 1]) = (stamp, stamp, -stamp, -stamp);
                Thread.Yield();
                if (turn % 50 == 0) HugePages.GiveBack();
                Assert.Equal((stamp, stamp, -stamp, -stamp), (memory[0], memory[count - 1], other[0], other[(1 << 20) - 1]));
                HugePages.Free(memory);
                HugePages.Free(other);
            }
        });
        HugePages.Free(null);
    }
}
