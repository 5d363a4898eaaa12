using DuckDB.NET.Native;
using GpuPerceptron.Data;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>An in-memory DuckDB that reads one table for us: no file of its own, nothing fetched from a network.</summary>
internal sealed class DuckSession : IDisposable
{
    // As much as lets all threads parse while one lays rows out; a smaller buffer makes them wait for each other.
    private const long UsualStreamingBuffer = 96_000_000;
    private const long SmallStreamingBuffer = 4_000_000;
    private const long LeastStreamingBuffer = 1_000_000;
    private const long SmallMemory = 400_000_000; // below it, DuckDB's buffers of 32 MB a thread and file are too much
    private const long SmallTextBuffer = 4 << 20;
    private const long LeastMemory = 48_000_000; // with less, DuckDB refuses to read at all

    private const long LeastForSamples = 32 << 20;

    private readonly DuckDBDatabase _database;
    private readonly MemoryBudget _budget;
    private readonly long _memory;
    private readonly CancellationTokenRegistration _registration;
    private readonly SpooledInput? _spooled;

    public DuckSession(TableSource source, ReadOptions options, CancellationToken cancellation)
    {
        Source = source;
        Cancellation = cancellation;
        Threads = options.Threads;
        if (NativeMethods.Startup.DuckDBOpen(":memory:", out _database) != DuckDBState.Success
            || NativeMethods.Startup.DuckDBConnect(_database, out var connection) != DuckDBState.Success)
            throw new InvalidOperationException("DuckDB did not start");
        Connection = connection;
        _registration = cancellation.Register(connection.Interrupt);

        Execute("SET autoinstall_known_extensions = false");
        Execute("SET autoload_known_extensions = false");
        Execute("SET TimeZone = 'UTC'");
        Execute($"SET temp_directory = {Sql.Text(Path.Combine(Path.GetTempPath(), "gpuperceptron"))}");
        _budget = options.Budget;
        // DuckDB counts what it streams by itself, and a multiple of it is in memory: a query's columns may be of any size.
        long streaming = Math.Min(source.IsQuery && options.Memory is not null ? SmallStreamingBuffer : UsualStreamingBuffer, _budget.ReadingBytes / 8);
        _memory = Math.Max(LeastMemory, _budget.ReadingBytes - streaming);
        StreamWithin(Math.Max(streaming, LeastStreamingBuffer));
        Execute($"SET memory_limit = '{_memory}B'");
        if (_budget.ReadingBytes < SmallMemory) TextBuffer = SmallTextBuffer;
        if (options.Threads > 0) Execute($"SET threads = {options.Threads}");
        if (source.TakeContent() is { } content) _spooled = new SpooledInput(content, source.Name, options.Progress, cancellation);
    }

    /// <summary>Bytes of delimited text that a thread reads at once; null for as many as DuckDB likes.</summary>
    public long? TextBuffer { get; }

    /// <summary>Threads to read with; 0 for one a processor.</summary>
    public int Threads { get; }

    /// <summary>What the reading takes beyond <see cref="MemoryBudget.ReadingBytes"/>, so that there is as much less for samples.</summary>
    public long BytesBeyond { get; private set; }

    /// <summary>Stops the reading.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>The table, for messages.</summary>
    public TableSource Source { get; }

    /// <summary>The columns that a user may leave out, which messages then propose: the features of a training.</summary>
    public IReadOnlySet<string> Excludable { get; set; } = new HashSet<string>();

    /// <summary>Where the table lies if it came as a stream; else null.</summary>
    public string? SpooledPath => _spooled?.Path;

    public DuckDBNativeConnection Connection { get; }

    /// <summary>Has little of a result at a time, for what is read as fast so.</summary>
    public void StreamLittle() => StreamWithin(LeastStreamingBuffer);

    /// <summary>
    /// Reads columns of which a thread has so many bytes in memory at a time: on as many threads as there is memory for, with more of it than usual where one alone needs that, or where
    /// there is plenty.
    /// </summary>
    public void ReadColumns(long bytesAThread)
    {
        long needed = bytesAThread + bytesAThread / 8, most = Math.Max(0, _budget.SampleBytes - LeastForSamples);
        int threads = Threads > 0 ? Threads : Environment.ProcessorCount;
        BytesBeyond = Math.Max(Math.Clamp(threads * needed - _memory, 0, Math.Min(most, _budget.Bytes / 8)), Math.Clamp(needed - _memory, 0, most));
        long memory = _memory + BytesBeyond;
        Execute($"SET memory_limit = '{memory}B'");
        if (needed > 0 && memory / needed < threads) Execute($"SET threads = {Math.Max(1, memory / needed)}");
    }

    /// <summary>Runs a query whose chunks come in order, as they are made.</summary>
    public ChunkStream Query(string sql) => new(this, sql);

    /// <summary>Throws what went wrong: the caller's wish to stop, or DuckDB's message in one line.</summary>
    public void Throw(string? message)
    {
        Cancellation.ThrowIfCancellationRequested();
        string told = message ?? "no message";
        if (SpooledPath is { } path) told = told.Replace(path, Source.Name, StringComparison.Ordinal);
        throw new PerceptronException(Fault.Data, DuckMessage.OneLine(told, Source, Excludable));
    }

    /// <summary>What messages call a file.</summary>
    public string NameOf(string path) => path == SpooledPath ? Source.Name : path;

    public void ThrowIfCancelled() => Cancellation.ThrowIfCancellationRequested();

    public void Dispose()
    {
        _registration.Dispose();
        Connection.Dispose();
        _database.Dispose();
        _spooled?.Dispose();
    }

    private void StreamWithin(long bytes) => Execute($"SET streaming_buffer_size = '{bytes}B'");

    private void Execute(string sql)
    {
        using var chunks = Query(sql);
        chunks.Next();
    }
}
