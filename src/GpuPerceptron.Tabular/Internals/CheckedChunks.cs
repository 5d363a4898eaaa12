namespace GpuPerceptron.Tabular.Internals;

/// <summary>Chunks of files that may be damaged: where that is what is behind an error, it is told in its place.</summary>
internal sealed class CheckedChunks : IChunks
{
    private readonly IChunks _chunks;
    private readonly GzipCheck _check;

    /// <param name="open">Gives the chunks, which are disposed with this.</param>
    /// <param name="check">Looks for damage.</param>
    public CheckedChunks(Func<IChunks> open, GzipCheck check)
    {
        _check = check;
        _chunks = Checked(open);
    }

    public int Rows => _chunks.Rows;

    public long FirstRow => _chunks.FirstRow;

    public bool Next() => Checked(_chunks.Next);

    public Cells Column(int column) => _chunks.Column(column);

    public void Dispose() => _chunks.Dispose();

    private T Checked<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (PerceptronException)
        {
            _check.Wait();
            throw;
        }
    }
}
