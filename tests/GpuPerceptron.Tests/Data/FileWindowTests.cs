using System.Globalization;
using GpuPerceptron.Data;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Data;

public sealed unsafe class FileWindowTests
{
    private const int WindowBytes = 4 << 20;

    [Fact]
    public void It_shows_what_the_file_holds_wherever_it_lies()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "files are mapped on Linux only");
        byte[] bytes = new byte[3 * WindowBytes + 12_345];
        new Random(1).NextBytes(bytes);
        WithFile(bytes, file =>
        {
            using var window = new FileWindow();
            foreach (int offset in (int[])[0, 1, 4_095, 4_096, 2 * WindowBytes - 3, WindowBytes + 7, WindowBytes + 9, 3 * WindowBytes])
            {
                int count = Math.Min(100_000, bytes.Length - offset);
                byte* found = window.Find(file, offset, count);
                Assert.True(found != null);
                Assert.True(bytes.AsSpan(offset, count).SequenceEqual(new ReadOnlySpan<byte>(found, count)));
            }
        });
    }

    [Fact]
    public void What_the_file_does_not_hold_is_not_shown()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "files are mapped on Linux only");
        WithFile(new byte[10_000], file =>
        {
            using var window = new FileWindow();
            Assert.True(window.Find(file, 0, 10_000) != null);
            Assert.True(window.Find(file, 4_096, 20_000) == null);
            Assert.True(window.Find(file, 40_960, 100) == null);
            Assert.True(window.Find(file, 0, 100) != null);
        });
    }

    [Fact]
    public void Rows_that_are_read_on_and_on_are_the_same_copied_as_mapped()
    {
        using var resident = SyntheticData.Create(600_000, 28, weighted: true);
        using var streamed = StreamedData.CopyOf(resident);
        using var reader = new RowReader(streamed);
        var places = new HashSet<nint>();
        var way = default(FasterWay);
        for (int i = 0; i < resident.Blocks.Count; i++)
        {
            SampleBlock expected = resident.Blocks[i], stored = streamed.Blocks[i];
            for (int first = 0, count; first < stored.Rows; first += count)
            {
                count = Math.Min(3_072, stored.Rows - first);
                var loaded = reader.LoadNext(stored, first, count, stored.Rows - first - count, ref way, out int start);
                Assert.Equal(0, start);
                places.Add((nint)loaded.FeaturePointer);
                Assert.True(loaded.FeatureBytes.SequenceEqual(expected.FeatureBytes.Slice(first * expected.RowBytes, count * expected.RowBytes)));
                if (first + count == stored.Rows) // what follows in the file must not be read: 0 times it may be NaN
                    Assert.False(new ReadOnlySpan<float>(loaded.FeaturePointer + count * loaded.Stride, SampleBlock.Slack / sizeof(float)).ContainsAnyExcept(0f));
                Assert.True(loaded.Labels.SequenceEqual(expected.Labels.Slice(first, count)));
                Assert.True(loaded.SampleWeights.SequenceEqual(expected.SampleWeights.Slice(first, count)));
            }
        }

        if (OperatingSystem.IsLinux()) Assert.True(places.Count > 4, "nothing was mapped");
    }

    [Fact]
    public void As_much_of_a_file_is_in_memory_as_may_be()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "files are mapped on Linux only");
        const int Most = 12 << 20, Page = HugePages.Bytes;
        byte[] bytes = new byte[24 * Page];
        WithFile(bytes, file =>
        {
            using var window = new FileWindow();
            long greatest = 0;
            for (int turn = 0; turn < 2; turn++)
            {
                for (int offset = 0; offset + Page <= bytes.Length; offset += Page / 2)
                {
                    byte* found = window.Find(file, offset, Page);
                    Assert.True(found != null);
                    long there = MappedBytes(file.Path);
                    Assert.True(there >= Page, $"{there} bytes are there");
                    greatest = Math.Max(greatest, there);
                }
            }

            Assert.InRange(greatest, Most - 2 * Page, Most + 3 * Page); // what is read now, and was just read, comes on top
        }, Most);
    }

    [Fact]
    public void Several_readers_see_the_same_though_little_of_the_file_is_there()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "files are mapped on Linux only");
        byte[] bytes = new byte[20 << 20];
        new Random(2).NextBytes(bytes);
        int shown = 0;
        WithFile(bytes, file => Parallel.For(0, 8, reader =>
        {
            var random = new Random(reader);
            using var window = new FileWindow();
            for (int i = 0; i < 200; i++)
            {
                int count = random.Next(1, 3 << 20), offset = random.Next(bytes.Length - count);
                byte* found = window.Find(file, offset, count);
                if (found == null) continue; // the others read as much as may be there
                Interlocked.Increment(ref shown);
                Assert.True(bytes.AsSpan(offset, count).SequenceEqual(new ReadOnlySpan<byte>(found, count)));
            }
        }), mostMapped: 12 << 20);
        Assert.InRange(shown, 200, int.MaxValue);
    }

    [Theory]
    [InlineData(64, 20)]  // of blocks of 16 MiB then 5 MiB
    [InlineData(64, 32)]  // 8 MiB
    [InlineData(500, 400)]
    public void Zeros_follow_a_block_whatever_lay_there_before(int features, int left)
    {
        using var resident = SyntheticData.Create(60_000_000 / features / sizeof(float), features);
        foreach (var block in resident.Blocks)
        {
            for (int row = 0; row < block.Rows; row++)
                block.Row(row)[left..].Fill(float.NaN);
        }

        using var streamed = StreamedData.CopyOf(resident);
        streamed.Transform([.. Enumerable.Range(0, left)], new double[left], [.. Enumerable.Repeat(1d, left)]);
        using var reader = new RowReader(streamed);
        var places = new HashSet<nint>();
        var way = default(FasterWay);
        for (int turn = 0; turn < 4; turn++)
        {
            foreach (var stored in streamed.Blocks)
            {
                for (int first = 0, count; first < stored.Rows; first += count)
                {
                    count = Math.Min(1_024, stored.Rows - first);
                    var loaded = reader.LoadNext(stored, first, count, stored.Rows - first - count, ref way, out _);
                    places.Add((nint)loaded.FeaturePointer);
                    if (first + count == stored.Rows)
                        Assert.False(new ReadOnlySpan<float>(loaded.FeaturePointer + count * loaded.Stride, SampleBlock.Slack / sizeof(float)).ContainsAnyExcept(0f));
                }
            }
        }

        if (OperatingSystem.IsLinux()) Assert.True(places.Count > 4, "nothing was mapped");
    }

    /// <summary>Bytes of a file that are this process's memory.</summary>
    private static long MappedBytes(string path)
    {
        string[] lines = File.ReadAllLines("/proc/self/smaps");
        return lines.Index().Where(line => line.Item.EndsWith(path, StringComparison.Ordinal))
            .Sum(line => 1024L * long.Parse(lines.Skip(line.Index).First(l => l.StartsWith("Rss:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));
    }

    private static void WithFile(byte[] bytes, Action<SampleFile> body, long mostMapped = MemoryBudget.LeastMapped)
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var file = SampleFile.Create(path, mostMapped);
        file.Retain();
        try
        {
            file.Write(0, bytes);
            body(file);
        }
        finally
        {
            file.Release();
        }
    }
}
