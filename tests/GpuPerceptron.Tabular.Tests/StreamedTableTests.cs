using GpuPerceptron.Data;

namespace GpuPerceptron.Tabular.Tests;

/// <summary>Tables that memory does not hold: encoded once, kept, and streamed.</summary>
public sealed class StreamedTableTests : TemporaryTables
{
    private const int Count = 3_000;

    // Each test has a folder of its own, and no other class of this assembly has a table that does not fit.
    public StreamedTableTests() => Environment.SetEnvironmentVariable(CacheFolder.Variable, PathOf("cache"));

    private string[] Kept => Directory.Exists(PathOf("cache")) ? [.. Directory.GetFiles(PathOf("cache")).Order(StringComparer.Ordinal)] : [];

    [Fact]
    public void Samples_and_schema_are_as_in_memory()
    {
        var source = Shop();
        using var resident = Read(source, small: false);
        using var streamed = Read(source);
        Assert.False(resident.Training.IsStreamed);
        AssertSame(resident, streamed);
        Assert.Contains("streamed", string.Join(' ', streamed.Notes));
    }

    [Fact]
    public void The_next_training_takes_what_was_encoded()
    {
        var source = Shop();
        using (var first = Read(source))
            Assert.Contains("--no-cache", string.Join(' ', first.Notes));
        Assert.Single(Kept);
        using var resident = Read(source, small: false, noCache: true);
        using (var second = Read(source))
        {
            AssertSame(resident, second);
            Assert.Contains("as they were when the table was encoded", string.Join(' ', second.Notes));
        }

        using var fits = Read(source, small: false); // memory suffices now
        Assert.False(fits.Training.IsStreamed);
        AssertSame(resident, fits);
        Assert.Contains("loaded", string.Join(' ', fits.Notes));
    }

    [Fact]
    public void What_is_kept_stays_as_it_is_when_a_training_narrows_it()
    {
        var source = Shop();
        using (Read(source)) { }
        byte[] before = File.ReadAllBytes(Assert.Single(Kept));
        using var resident = Read(source, small: false, noCache: true);
        resident.Training.Narrow();
        using (var narrow = Read(source))
        {
            Assert.Contains("as they were when the table was encoded", string.Join(' ', narrow.Notes));
            narrow.Training.Narrow();
            Assert.Equal(FeatureStorage.Float16, narrow.Training.Storage);
            var expected = resident.Training.Blocks.SelectMany(block => block.FeatureBytes.ToArray());
            Assert.Equal(expected, narrow.Training.Read().SelectMany(block => block.FeatureBytes.ToArray()));
        }

        Assert.Equal(before, File.ReadAllBytes(Assert.Single(Kept)));
    }

    [Fact]
    public void The_units_that_samples_were_encoded_in_are_kept_with_them()
    {
        var source = Shop();
        static TableOptions Centred(TableOptions options) => options with { Standardize = false, Center = true, Scale = true };
        using var resident = Read(source, Centred, small: false, noCache: true);
        using (Read(source, Centred)) { }
        using var second = Read(source, Centred);
        Assert.Contains("as they were when the table was encoded", string.Join(' ', second.Notes));
        Assert.True(second.Schema is { Centered: true, Scaled: true, Standardized: false });
        AssertSame(resident, second);
    }

    [Fact]
    public void Another_option_is_another_table_and_a_changed_file_takes_the_place_of_the_old_one()
    {
        var source = Shop();
        using (Read(source)) { }
        using (Read(source, options => options with { Standardize = false }))
            Assert.Equal(2, Kept.Length);
        using (Read(source, options => options with { Seed = 9 }))
            Assert.Equal(3, Kept.Length);
        string[] kept = Kept;
        File.AppendAllText(PathOf("shop.csv"), "1,2.5,south,1\n");
        using (var more = Read(source))
        {
            Assert.Equal(Count + 1, more.Training.Samples + more.Validation!.Samples);
            Assert.Contains(more.Notes, note => note.StartsWith("the files have changed since the table was encoded to", StringComparison.Ordinal));
        }

        using (var again = Read(source))
            Assert.DoesNotContain(again.Notes, note => note.Contains("have changed", StringComparison.Ordinal));
        Assert.Equal(kept, Kept);
    }

    [Fact]
    public void A_link_is_what_it_leads_to()
    {
        var source = Shop();
        File.Move(PathOf("shop.csv"), PathOf("real.csv"));
        File.CreateSymbolicLink(PathOf("shop.csv"), PathOf("real.csv"));
        using (Read(source)) { }
        File.AppendAllText(PathOf("real.csv"), "1,2.5,south,1\n");
        using var more = Read(source);
        Assert.Equal(Count + 1, more.Training.Samples + more.Validation!.Samples);
        using var estimate = TableReader.Estimate(source, new TableOptions { Label = "label" });
        Assert.Equal(new FileInfo(PathOf("real.csv")).Length, estimate.FileBytes);
    }

    [Fact]
    public void A_link_in_a_linked_folder_leads_where_the_system_says()
    {
        // As in a downloaded snapshot: data → hub/snapshots/abc, and in it shop.csv → ../../blobs/1.
        var source = TableSource.File(PathOf(Path.Combine("data", "shop.csv")));
        Shop();
        Directory.CreateDirectory(PathOf("hub/snapshots/abc"));
        Directory.CreateDirectory(PathOf("hub/blobs"));
        File.Move(PathOf("shop.csv"), PathOf("hub/blobs/1"));
        File.CreateSymbolicLink(PathOf("hub/snapshots/abc/shop.csv"), "../../blobs/1");
        Directory.CreateSymbolicLink(PathOf("data"), "hub/snapshots/abc");
        using (var table = Read(source))
            Assert.Equal(Count, table.Training.Samples + table.Validation!.Samples);

        // A second version of the same size and time.
        File.Copy(PathOf("hub/blobs/1"), PathOf("hub/blobs/2"));
        byte[] other = File.ReadAllBytes(PathOf("hub/blobs/2"));
        Assert.Equal((byte)'\n', other[^1]);
        other[^2] = (byte)(other[^2] ^ 1); // the last cell
        File.WriteAllBytes(PathOf("hub/blobs/2"), other);
        File.SetLastWriteTimeUtc(PathOf("hub/blobs/2"), File.GetLastWriteTimeUtc(PathOf("hub/blobs/1")));
        File.Delete(PathOf("hub/snapshots/abc/shop.csv"));
        File.CreateSymbolicLink(PathOf("hub/snapshots/abc/shop.csv"), "../../blobs/2");
        using var second = Read(source);
        Assert.Contains(second.Notes, note => note.Contains("have changed", StringComparison.Ordinal));
    }

    [Fact]
    public void A_pattern_of_fewer_files_takes_the_place_of_the_old_one()
    {
        foreach (string name in (string[])["p1.csv", "p2.csv"])
            Table(name, ["label,a,b", .. Enumerable.Range(0, Count).Select(i => $"{i * 7 % 5 % 2},{i},{i * 3 % 7}")]);
        var source = TableSource.File(PathOf("p?.csv"));
        using (Read(source)) { }
        string kept = Assert.Single(Kept);
        File.Delete(PathOf("p2.csv"));
        using var fewer = Read(source);
        Assert.Equal(Count, fewer.Training.Samples + fewer.Validation!.Samples);
        Assert.Equal(kept, Assert.Single(Kept));
    }

    [Theory]
    [InlineData(0.3, "its end is missing")]  // of its length is left
    [InlineData(0.9999, "its end is missing")]
    [InlineData(0, "it is too short")]
    public void A_truncated_cache_is_built_anew_and_said(double left, string what)
    {
        var source = Shop();
        using (Read(source)) { }
        using (var file = new FileStream(Kept[0], FileMode.Open))
            file.SetLength((long)(left * file.Length));
        AssertRebuilt(source, what);
    }

    [Theory]
    [InlineData(100, "block 0 of 1 does not match")]      // features
    [InlineData(-100, "manifest does not match")]         // the end
    [InlineData(-8, "its end is missing")]
    public void A_corrupted_cache_is_built_anew_and_said(int place, string what)
    {
        var source = Shop();
        using (Read(source)) { }
        using (var file = new FileStream(Kept[0], FileMode.Open))
        {
            file.Seek(place, place < 0 ? SeekOrigin.End : SeekOrigin.Begin);
            int value = file.ReadByte();
            file.Seek(-1, SeekOrigin.Current);
            file.WriteByte((byte)~value);
        }

        AssertRebuilt(source, what);
    }

    [Fact]
    public void Without_a_cache_nothing_stays()
    {
        var source = Shop();
        using (var table = Read(source, noCache: true))
        {
            Assert.True(table.Training.IsStreamed);
            Assert.Single(Kept);
        }

        Assert.Empty(Kept);
        using (Read(TableSource.Query("SELECT i * 7 % 5 % 2 AS label, i % 97 AS x FROM range(3000) t(i)"))) { }
        Assert.Empty(Kept); // a query may give something else the next time
    }

    [Fact]
    public void What_was_kept_is_removed_where_that_is_asked()
    {
        var source = Shop();
        using (Read(source)) { }
        string kept = Assert.Single(Kept);
        using (var table = Read(source, options => options with { Reading = options.Reading with { RemoveKept = true } }, noCache: true))
            Assert.Contains(table.Notes, note => note == $"the table encoded in {kept} was removed, as --no-cache asks");
        Assert.Empty(Kept);
    }

    [Fact]
    public void A_query_that_takes_more_memory_than_is_allowed_says_so()
    {
        Shop();
        Assert.Contains("--memory leaves too little", Fails(Fault.Data, () => Read(TableSource.Query($"SELECT * FROM '{PathOf("shop.csv")}'")).Dispose()));
        Assert.Empty(Kept);
    }

    [Fact]
    public void Parquet_s_groups_of_rows_are_read_by_as_many_threads_as_there_is_memory_for_and_too_large_ones_not()
    {
        const int Rows = 400_000, Columns = 24;
        string columns = string.Join(", ", Enumerable.Range(0, Columns).Select(j => $"hash(i + {j * Rows}) / 1e19 AS x{j}"));
        var source = Made("groups.parquet", $"SELECT i * 7 % 5 % 2 AS label, {columns} FROM range({Rows}) t(i)", $"(ROW_GROUP_SIZE {Rows})");
        TrainingTable Features(long memory, int count) => Read(source, options => options with
        {
            Features = [.. Enumerable.Range(0, count).Select(j => $"x{j}")],
            Reading = options.Reading with { Memory = new MemoryBudget(memory), Threads = 4 },
        }, noCache: true);

        // A column takes 3.2 MB, packed nearly as much again; 256 MB leave 55 MB, and at most 86 where samples have less.
        using (var few = Features(256_000_000, count: 8))
        using (var same = Features(4_000_000_000, count: 8))
            AssertSame(same, few);
        string message = Fails(Fault.Data, () => Features(256_000_000, count: 24).Dispose());
        Assert.Contains("--memory leaves too little", message);
        Assert.Contains("ROW_GROUP_SIZE", message);
        using (Features(600_000_000, count: 24)) { }
    }

    [Fact]
    public void JSON_is_read_within_a_small_memory()
    {
        using var table = Read(Made("lines.json", $"SELECT i * 7 % 5 % 2 AS label, i % 97 AS x FROM range({Count}) t(i)"));
        Assert.Equal(Count, table.Training.Samples + table.Validation!.Samples);
    }

    [Fact]
    public void A_table_that_cannot_be_read_leaves_nothing()
    {
        var source = Table("bad.csv", ["label,a,b", .. Enumerable.Range(0, Count).Select(i => $"{i % 2},{i},{i * 3 % 7}"), "1,2,three"]);
        Fails(Fault.Data, () => Read(source).Dispose());
        Assert.Empty(Kept);
    }

    [Fact]
    public void What_a_killed_program_left_is_removed_and_what_another_works_on_is_not()
    {
        Directory.CreateDirectory(PathOf("cache"));
        File.WriteAllText(PathOf("cache/old.partial"), "x");
        var used = SampleFile.Create(PathOf("cache/new.partial"));
        used.Retain();
        using (Read(Shop(), noCache: true)) { }
        Assert.Equal([PathOf("cache/new.partial")], Kept);
        used.Release();
    }

    [Fact]
    public void A_table_that_nobody_asked_for_in_a_month_is_removed()
    {
        var source = Shop();
        using (Read(source)) { }
        string table = Assert.Single(Kept);
        File.SetLastWriteTimeUtc(table, DateTime.UtcNow.AddDays(-29));
        using (Read(source, noCache: true)) { }
        Assert.Equal([table], Kept);

        File.SetLastWriteTimeUtc(table, DateTime.UtcNow.AddDays(-31));
        using (Read(source)) // asked for again
        {
            Assert.InRange(File.GetLastWriteTimeUtc(table), DateTime.UtcNow.AddMinutes(-5), DateTime.UtcNow.AddMinutes(5));
            File.SetLastWriteTimeUtc(table, DateTime.UtcNow.AddDays(-31));
            using (Read(source, noCache: true)) { }
            Assert.Equal([table], Kept); // in use
        }

        using (Read(source, noCache: true)) { }
        Assert.Empty(Kept);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_named()
    {
        File.WriteAllText(PathOf("file"), "");
        Environment.SetEnvironmentVariable(CacheFolder.Variable, PathOf("file/cache"));
        Assert.Contains(CacheFolder.Variable, Fails(Fault.Data, () => Read(Shop()).Dispose()));
    }

    [Fact]
    public void Samples_to_evaluate_are_streamed_too()
    {
        var source = Shop();
        using var table = Read(source, options => options with { ValidationFraction = 0 });
        using var resident = TableReader.ReadLabelled(source, table.Schema);
        using (var streamed = TableReader.ReadLabelled(source, table.Schema, new ReadOptions { Memory = new MemoryBudget(1) }))
        {
            Assert.True(streamed.IsStreamed);
            Assert.Equal(RowsOf(resident), RowsOf(streamed));
        }

        Assert.Single(Kept); // the training's
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void Sparse_samples_are_streamed_too(bool hashed)
    {
        var source = hashed ? Shop() : Clicks();
        TableOptions Options(TableOptions options) => hashed ? options with { HashBits = 18 } : options;
        using var resident = Read(source, Options, small: false);
        using (var streamed = Read(source, Options, noCache: true))
        {
            Assert.True(streamed.Training.IsStreamed && streamed.Validation!.IsStreamed && streamed.Training.IsSparse);
            AssertSameSparse(resident, streamed);
            Assert.Equal([.. resident.Notes, "the samples do not fit into memory and are streamed from a file that goes at the end"], streamed.Notes);

            using var all = TableReader.ReadLabelled(source, resident.Schema);
            using var same = TableReader.ReadLabelled(source, resident.Schema, new ReadOptions { Memory = new MemoryBudget(1) });
            Assert.True(same.IsStreamed);
            Assert.Equal(SparseRowsOf(all), SparseRowsOf(same));
        }

        Assert.Empty(Kept);
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void Each_stage_after_the_reading_is_told(bool sparse)
    {
        var source = sparse ? Clicks() : Shop();
        Assert.Equal([ReadStage.Encode, ReadStage.Keep], StagesOf());
        Assert.Equal([ReadStage.Check], StagesOf());

        IEnumerable<ReadStage> StagesOf()
        {
            var told = new List<ReadProgress>();
            using var table = Read(source, options => options with { Reading = options.Reading with { Progress = Add } });
            var later = told.Where(progress => progress.Stage != ReadStage.Read).GroupBy(progress => progress.Stage).ToList();
            Assert.All(later, stage =>
            {
                Assert.Equal(0, stage.First().Bytes);
                Assert.Equal(1, stage.Last().Part);
            });
            return later.Select(stage => stage.Key);

            void Add(ReadProgress progress)
            {
                lock (told)
                    told.Add(progress);
            }
        }
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void Sparse_samples_are_kept_for_the_next_training(bool hashed)
    {
        var source = hashed ? Shop() : Clicks();
        TableOptions Options(TableOptions options) => hashed ? options with { HashBits = 18 } : options;
        using var resident = Read(source, Options, small: false);
        using (var first = Read(source, Options))
            Assert.Contains("--no-cache", string.Join(' ', first.Notes));
        string place = Assert.Single(Kept);
        byte[] kept = File.ReadAllBytes(place);
        foreach (bool small in (bool[])[true, false])
        {
            using var next = Read(source, Options, small);
            Assert.Equal(small, next.Training.IsStreamed);
            AssertSameSparse(resident, next);
            Assert.Contains("as they were when the table was encoded", string.Join(' ', next.Notes));
        }

        // Training changes no file that is kept.
        using (var other = Read(source, options => Options(options) with { Standardize = false }))
            Assert.NotEqual(SparseRowsOf(resident.Training), SparseRowsOf(other.Training));
        Assert.Equal(2, Kept.Length);
        Assert.Equal(kept, File.ReadAllBytes(place));

        // Wherever it is damaged, that is found, or is where no samples are: in a gap, or behind those that were not set aside.
        int found = 0;
        for (int part = 1; part < 20; part += 3)
        {
            byte[] damaged = [.. kept];
            int at = (int)((long)part * kept.Length / 20);
            for (int end = Math.Min(kept.Length, at + SampleFile.Alignment); at < end; at++)
                damaged[at] = (byte)~damaged[at];
            File.WriteAllBytes(place, damaged);
            using var read = Read(source, Options);
            AssertSameSparse(resident, read);
            if (string.Join(' ', read.Notes).Contains("removed; it was read anew", StringComparison.Ordinal)) found++;
        }

        Assert.InRange(found, 4, 7);
    }

    private static void AssertSameSparse(TrainingTable resident, TrainingTable other)
    {
        Assert.Equal(SparseRowsOf(resident.Training), SparseRowsOf(other.Training));
        Assert.Equal(SparseRowsOf(resident.Validation!), SparseRowsOf(other.Validation!));
        Assert.Equal(resident.Schema.Label, other.Schema.Label);
        Assert.Equal(resident.Schema.Columns.Select(column => (column.Name, column.Kind)), other.Schema.Columns.Select(column => (column.Name, column.Kind)));
        var (expected, actual) = (resident.Schema.Sparse!, other.Schema.Sparse!);
        Assert.Equal(expected.Indices.ToArray(), actual.Indices.ToArray());
        Assert.Equal(expected.Scales.ToArray(), actual.Scales.ToArray());
        Assert.Equal((expected.FirstIndex, expected.Table?.Bits), (actual.FirstIndex, actual.Table?.Bits));
        Assert.Equal(expected.Table?.Columns, actual.Table?.Columns);
    }

    [Theory]
    [InlineData("3 1:2", "the label 3 is a third one")]
    [InlineData("5 2:1 1:1", "sort the indices")]
    public void A_bad_line_of_streamed_sparse_samples_leaves_nothing(string line, string what)
    {
        var source = Clicks();
        File.AppendAllText(PathOf("clicks.svm"), line + "\n");
        Assert.Contains(what, Fails(Fault.Data, () => Read(source).Dispose()));
        Assert.Empty(Kept);
    }

    /// <summary>Three chunks of lines, the first with one label alone.</summary>
    private TableSource Clicks() => Table("clicks.svm",
    [
        .. Enumerable.Range(0, 160_000).Select(i =>
            $"{(i > 60_000 && i * 7919L % 13 < 6 ? 7 : 5)} 1:1 {2 + i % 31}:{i * 31 % 97 / 8.0} {40 + i % 1013}:1 {2000 + i % 7}:-0.5 {3000 + i % 3}:1e-3"),
    ]);

    private static List<string> SparseRowsOf(Dataset dataset) =>
        [.. dataset.Read().SelectMany(block => Enumerable.Range(0, block.Rows).Select(row =>
            $"{string.Join(' ', block.Sparse!.ColumnsOf(row).ToArray())} {string.Join(' ', block.Sparse.ValuesOf(row).ToArray())} {block.Labels[row]}"))];

    [Fact]
    public void A_damaged_cache_of_a_table_that_memory_holds_goes()
    {
        var source = Shop();
        Read(source).Dispose();
        using (var file = new FileStream(Assert.Single(Kept), FileMode.Open))
            file.SetLength(file.Length - 10);
        using var read = Read(source, small: false);
        Assert.Contains("removed; it was read anew", string.Join(' ', read.Notes), StringComparison.Ordinal);
        Assert.Empty(Kept);
    }

    private static void AssertRebuilt(TableSource source, string what)
    {
        using var resident = Read(source, small: false, noCache: true);
        using (var rebuilt = Read(source))
        {
            AssertSame(resident, rebuilt);
            Assert.Contains(rebuilt.Notes, note => note.Contains("removed; it was read anew", StringComparison.Ordinal) && note.Contains(what, StringComparison.Ordinal));
        }

        using var again = Read(source);
        Assert.Contains("as they were when the table was encoded", string.Join(' ', again.Notes));
    }

    private static void AssertSame(TrainingTable resident, TrainingTable other)
    {
        Assert.Equal(RowsOf(resident.Training), RowsOf(other.Training));
        Assert.Equal(RowsOf(resident.Validation!), RowsOf(other.Validation!));
        Assert.Equal(resident.Schema.Label, other.Schema.Label);
        Assert.Equal(resident.Schema.Features, other.Schema.Features);
        Assert.Equal(resident.ConstantColumns, other.ConstantColumns);
        Assert.Equal(resident.Notes, other.Notes.Take(resident.Notes.Count));
    }

    private static List<string> RowsOf(Dataset dataset) =>
        [.. dataset.Read().SelectMany(block => Enumerable.Range(0, block.Rows).Select(row =>
            $"{string.Join(' ', block.Row(row).ToArray())} {block.Labels[row]} {(block.HasSampleWeights ? block.SampleWeights[row] : 1)}"))];

    /// <summary>Numbers, texts with a level that only validation samples have, a constant column, a gap.</summary>
    private TableSource Shop()
    {
        var split = new Internals.RowSplit(1, 0.2);
        string[] towns = ["north", "south", "east"];
        return Table("shop.csv",
        [
            "label,price,town,same",
            .. Enumerable.Range(0, Count).Select(i =>
                $"{(i * 7919 % 13 < 6 ? 0 : 1)},{(i % 50 == 3 ? "" : i * 31 % 97 / 8.0)},{(split.IsSetAside(i) && i % 10 == 0 ? "west" : towns[i * 17 % 3])},1"),
        ]);
    }

    private static TrainingTable Read(
        TableSource source, Func<TableOptions, TableOptions>? change = null, bool small = true, bool noCache = false)
    {
        var options = new TableOptions
        {
            Label = "label",
            ValidationFraction = 0.2,
            Seed = 1,
            Reading = new ReadOptions { Memory = small ? new MemoryBudget(1) : null, NoCache = noCache },
        };
        return TableReader.ReadTraining(source, change?.Invoke(options) ?? options);
    }

    private static TrainingTable Read(TableSource source, bool small) => Read(source, null, small);
}
