using GpuPerceptron.Data;
using Xunit;

namespace GpuPerceptron.Tests.Data;

/// <summary>Run alone, for what is kept is of the whole process.</summary>
[Collection(nameof(KeptPagesTests))]
public sealed unsafe class KeptPagesTests
{
    private const int Megabyte = 1 << 20;
    private const long Most = 2L << 30; // more than other tests have at a time; memory that is not touched costs nothing

    public KeptPagesTests()
    {
        // Nobody's memory is freed, or had, by others while a test runs.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        HugePages.GiveBack();
        HugePages.Free(Allocate(Most));
    }

    [Fact]
    public void What_was_freed_is_had_again_by_who_asks_for_as_much_or_little_less()
    {
        int* memory = Allocate(60 * Megabyte);
        nint place = (nint)memory;
        foreach (int size in (int[])[60, 58, 54])
        {
            HugePages.Free(memory);
            memory = Allocate(size * Megabyte);
            Assert.Equal(place, (nint)memory);
        }

        // It is still as large as it was.
        HugePages.Free(memory);
        memory = Allocate(60 * Megabyte);
        Assert.Equal(place, (nint)memory);
        HugePages.Free(memory);
    }

    [Theory]
    [InlineData(36), InlineData(4), InlineData(62)]
    public void Not_by_who_asks_for_far_less_or_for_more(int size)
    {
        int* memory = Allocate(60 * Megabyte);
        HugePages.Free(memory);
        int* other = Allocate(size * Megabyte);
        Assert.NotEqual((nint)memory, (nint)other);
        int* again = Allocate(60 * Megabyte);
        Assert.Equal((nint)memory, (nint)again);
        HugePages.Free(other);
        HugePages.Free(again);
    }

    [Fact]
    public void The_smallest_that_fits_is_taken()
    {
        int* large = Allocate(42 * Megabyte), small = Allocate(40 * Megabyte);
        HugePages.Free(large);
        HugePages.Free(small);
        Assert.Equal((nint)small, (nint)(small = Allocate(38 * Megabyte)));
        Assert.Equal((nint)large, (nint)(large = Allocate(38 * Megabyte)));
        HugePages.Free(large);
        HugePages.Free(small);
    }

    [Fact]
    public void What_was_kept_longest_goes_first_where_there_would_be_more_than_was_ever_used()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "memory is kept on Linux alone");
        int* first = Allocate(40 * Megabyte), second = Allocate(64 * Megabyte);
        (*first, *second) = (1, 2);
        HugePages.Free(first);
        HugePages.Free(second);
        int* most = Allocate(Most + Most / 16 - 80 * Megabyte); // with the second, and not with both
        int* again = Allocate(64 * Megabyte);
        Assert.Equal(((nint)second, 2), ((nint)again, *again));
        HugePages.Free(most);
        HugePages.Free(again);
    }

    [Fact]
    public void Old_sizes_do_not_keep_new_ones_from_being_kept()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "memory is kept on Linux alone");
        int*[] old = [Allocate(30 * Megabyte), Allocate(30 * Megabyte), Allocate(30 * Megabyte), Allocate(30 * Megabyte)];
        foreach (int* block in old)
            HugePages.Free(block);
        int* memory = Allocate(50 * Megabyte);
        HugePages.Free(memory);
        Assert.Equal((nint)memory, (nint)(memory = Allocate(50 * Megabyte)));
        HugePages.Free(memory);
    }

    private static int* Allocate(long bytes) => (int*)HugePages.Allocate((nuint)bytes, 64);
}

[CollectionDefinition(nameof(KeptPagesTests), DisableParallelization = true)]
public sealed class KeptPagesAlone;
